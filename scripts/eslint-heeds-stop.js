// To be told to stop is no failure of a look: whoever goes on after any error alike would go on after Ctrl-C, with what
// the look did not find. `orElse` of src/engine/ tells them apart, and so does `throwIfAborted` in a catch block.

const HEEDS = /\b(throwIfAborted|throwIfInterrupted|interruption)\b/

const isFunction = ({type}) => /^(ArrowFunction|Function)/.test(type)

/** Whether something is waited for in this block itself. */
function waits(node, keys) {
  if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await)) return true
  return (keys[node.type] ?? []).some((key) =>
    [node[key]].flat().some((child) => child?.type !== undefined && !isFunction(child) && waits(child, keys)),
  )
}

export const heedsStop = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {deaf: 'goes on after Ctrl-C, too: take orElse of src/engine/, or throwIfAborted in the catch block'},
  },
  create(context) {
    const {sourceCode} = context
    return {
      // A promise that nobody waits for is only kept from being unhandled.
      ':not(ExpressionStatement) > CallExpression[callee.property.name="catch"]'(node) {
        const [handler] = node.arguments
        if (handler === undefined || !isFunction(handler) || handler.params.length > 0) return
        if (!HEEDS.test(sourceCode.getText(handler))) context.report({node: node.callee.property, messageId: 'deaf'})
      },
      TryStatement({block, handler}) {
        if (handler === null || handler.param !== null || !waits(block, sourceCode.visitorKeys)) return
        if (!HEEDS.test(sourceCode.getText(handler))) context.report({node: handler, messageId: 'deaf'})
      },
    }
  },
}
