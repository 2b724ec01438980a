package ShareCheck::Url;

# nfs://host/path?uid=0&gid=0, percent-encoded; uid and gid as VIC reads them: gid defaults to uid, both to 1000.

use v5.36;
use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(parse_url);

use constant {DEFAULT_ID => 1000, MAX_ID => 4_294_967_294, MAX_URL_BYTES => 8192};

sub _decoded ($text) { return $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger }

# Returns {host, path, uid, gid}, or undef and what is wrong with the URL.
sub parse_url ($url) {
    return (undef, 'the URL is too long') if length $url > MAX_URL_BYTES;
    my ($host, $path, $query) = $url =~ m{^nfs://([A-Za-z0-9_.:\[\]%-]+)((?:/[^?#\x00-\x20]*)?)(?:\?([^#]*))?$}
        or return (undef, 'the URL must look like nfs://host/path?uid=0&gid=0');
    my %ids;
    for my $pair (split /[&;]/, $query // '') {
        my ($key, $value) = split /=/, $pair, 2;
        next unless defined $key && $key =~ /^[ug]id$/;
        return (undef, "$key must be a number") unless defined $value && $value =~ /^(\d{1,10})$/ && $1 <= MAX_ID;
        $ids{$key} //= $1;
    }
    my $uid = $ids{uid} // DEFAULT_ID;
    ($path) = _decoded($path) =~ /^([^\x00-\x1f\x7f]*)$/ or return (undef, 'the path holds control characters');
    ($host) = _decoded($host) =~ /^([\w.:\[\]%-]+)$/ or return (undef, 'the host is none');
    return {host => $host, path => $path, uid => $uid, gid => $ids{gid} // $uid};
}

1;
