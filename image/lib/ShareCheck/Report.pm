package ShareCheck::Report;

# What is printed: lines for people, or one JSON document a line ({"rung": …} as each rung ends, {"report": …} at the
# end), pure ASCII whatever a server put into its names.

use v5.36;
use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(rung_line report_line file_line clean);

my %MARKS   = (passed => "\x{2714}", failed => "\x{2718}", skipped => '-');
my %NUMBERS = map { $_ => 1 } qw(durationMs uid gid index);

# Text from outside as characters: UTF-8 where it is, else byte by byte; control characters blanked.
sub clean ($bytes) {
    my $text = $bytes;
    utf8::decode($text);
    return $text =~ s/[\x00-\x1f\x7f-\x9f]/ /gr;
}

sub _string ($bytes) {
    my $text = clean($bytes);
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/([^\x20-\x7e])/_escape(ord $1)/ge;
    return qq("$text");
}

# Characters beyond the first plane as a surrogate pair (RFC 8259 § 7).
sub _escape ($code) {
    return sprintf '\u%04x', $code if $code < 0x10000;
    $code -= 0x10000;
    return sprintf '\u%04x\u%04x', 0xd800 + ($code >> 10), 0xdc00 + ($code & 0x3ff);
}

# Fields in their order: [name, value], a value being a scalar, a reference to 0 or 1 (a boolean), or JSON ready-made.
sub _object (@fields) {
    my @members = map {
        my ($name, $value) = @$_;
        my $json = ref $value eq 'SCALAR' ? ($$value ? 'true' : 'false') : ref $value ? $$value->[0] : undef;
        qq("$name":) . ($json // ($NUMBERS{$name} ? $value + 0 : _string($value)));
    } @fields;
    return '{' . join(',', @members) . '}';
}

sub _raw ($json) { return \[$json] }

sub _rung ($rung) {
    return _object(map { [$_ => $rung->{$_}] } grep { defined $rung->{$_} } qw(id title state durationMs finding code));
}

sub rung_line ($rung, $json) {
    return '{"rung":' . _rung($rung) . "}\n" if $json;
    my $time = $rung->{state} eq 'skipped' ? '' : " ($rung->{durationMs} ms)";
    my $code = defined $rung->{code}       ? " [$rung->{code}]" : '';
    my $line = "$MARKS{$rung->{state}} $rung->{title}$time: " . clean($rung->{finding}) . "$code\n";
    utf8::encode($line);
    return $line;
}

# What one operation on files came to. Names and content are hexadecimal: nothing in them may get lost.
sub file_line ($index, $file) {
    my @fields = map { [$_ => $file->{$_}] } grep { defined $file->{$_} } qw(content failed status code);
    push @fields, [found => \(0 + !!$file->{found})] if defined $file->{found};
    push @fields, [entries => _raw('[' . join(',', map { _entry($_) } @{$file->{entries}}) . ']')] if $file->{entries};
    return '{"file":' . _object([index => $index], @fields) . "}\n";
}

sub _entry ($entry) {
    my @owner = map { [$_ => $entry->{$_}] } grep { defined $entry->{$_} } qw(uid gid);
    return _object([name => unpack 'H*', $entry->{name}], [folder => \(0 + !!$entry->{folder})], @owner);
}

# `$report`: passed, readOnly, privilegedPort as 0 or 1; host, path, uid, gid; rungs.
sub report_line ($report) {
    my @flags = map { [$_ => \(0 + !!$report->{$_})] } qw(passed privilegedPort readOnly);
    my @place = map { [$_ => $report->{$_}] } qw(host path uid gid);
    my $rungs = '[' . join(',', map { _rung($_) } @{$report->{rungs}}) . ']';
    return '{"report":' . _object($flags[0], @place, @flags[1, 2], [rungs => _raw($rungs)]) . "}\n";
}

1;
