package ShareCheck::Clients;

# Who has a connection to the NFS server on this machine, read from the kernel's own tables: nfsd's sockets are the
# kernel's, so that no process has them open, but the tables have them as any other.

use v5.36;
use strict;
use warnings;

use Socket qw(AF_INET AF_INET6 inet_ntop);

use Exporter 'import';
our @EXPORT_OK = qw(connected_clients);

use constant {ESTABLISHED => '01', IPV4_BYTES => 4};

my @TABLES = ('/proc/net/tcp', '/proc/net/tcp6');

# `0100007F:0801`: 32-bit words as this machine has them in memory, then the port.
sub _place ($text) {
    my ($words, $port) = $text =~ /^((?:[0-9A-F]{8})+):([0-9A-F]{4})$/ or return;
    my $bytes = pack 'L*', map { hex } $words =~ /(.{8})/g;
    # An IPv4 client of a socket that listens for both families (RFC 4291 § 2.5.5.2).
    $bytes =~ s/^\0{10}\xff\xff(?=.{4}$)//s;
    return (inet_ntop(length $bytes == IPV4_BYTES ? AF_INET : AF_INET6, $bytes), hex $port);
}

sub _lines ($table) {
    open my $file, '<', $table or return;
    my ($head, @lines) = <$file>;
    close $file;
    return [@lines];
}

# Addresses of established connections to `$port`, each once. A connection from an address of the server to the same
# address is the server asking itself. Dies with one line where the kernel shows no table.
sub connected_clients ($port, @tables) {
    @tables = @TABLES if !@tables;
    my @read = grep { defined } map { _lines($_) } @tables;
    die "neither @{[join ' nor ', @tables]} can be read\n" if !@read;
    my %clients;
    for my $line (map { @$_ } @read) {
        my (undef, $local, $remote, $state) = split ' ', $line;
        next if ($state // '') ne ESTABLISHED;
        my ($own,    $own_port) = _place($local)  or next;
        my ($client, undef)     = _place($remote) or next;
        $clients{$client} = 1 if $own_port == $port && $client ne $own;
    }
    return sort keys %clients;
}

1;
