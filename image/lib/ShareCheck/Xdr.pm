package ShareCheck::Xdr;

# XDR (RFC 4506): big-endian, everything padded to four bytes. Every length that a peer names is checked against what
# is there and against a bound of ours before anything is taken.

use v5.36;
use strict;
use warnings;

use ShareCheck::Fault qw(garbage);

use Exporter 'import';
our @EXPORT_OK = qw(uint32 uint64 opaque);

sub uint32 (@values) { return pack 'N*', @values }
sub uint64 ($value)  { return pack 'Q>', $value }
sub opaque ($bytes)  { return pack 'N/a* x![4]', $bytes }

sub reader ($class, $data) {
    return bless {data => $data, at => 0}, $class;
}

sub take ($self, $length) {
    my $left = length($self->{data}) - $self->{at};
    garbage("message ends early: $length bytes wanted, $left left") if $length > $left;
    my $part = substr $self->{data}, $self->{at}, $length;
    $self->{at} += $length;
    return $part;
}

sub get_uint32 ($self) { return unpack 'N',  $self->take(4) }
sub get_uint64 ($self) { return unpack 'Q>', $self->take(8) }

sub get_bool ($self) {
    my $value = $self->get_uint32;
    garbage("a boolean has the value $value") if $value > 1;
    return $value == 1;
}

sub get_fixed ($self, $length) {
    my $part = $self->take($length);
    $self->take(-$length % 4);
    return $part;
}

sub get_opaque ($self, $max_length) {
    my $length = $self->get_uint32;
    garbage("a length of $length bytes exceeds the limit of $max_length") if $length > $max_length;
    return $self->get_fixed($length);
}

# A linked list: before each element a true, at the end a false.
sub get_chain ($self, $max_length, $read_element) {
    my @values;
    while ($self->get_bool) {
        garbage("a list exceeds the limit of $max_length elements") if @values == $max_length;
        push @values, $read_element->($self);
    }
    return @values;
}

sub rest ($self) {
    return $self->take(length($self->{data}) - $self->{at});
}

1;
