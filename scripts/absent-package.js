// Stands in the program for a package that no VCH needs: see compile.js.
export {}
