package ShareCheck::Diagnosis;

# The cause of a failed rung: a code of vicnfs's error table and a finding in words, as src/nfs/preflight/diagnose*.ts
# give them for the same trouble. A test holds the two together.

use v5.36;
use strict;
use warnings;

use ShareCheck::Status qw(status_name status_meaning status_code auth_status_name);

use Exporter 'import';
our @EXPORT_OK = qw(diagnose);

use constant {AUTH_TOOWEAK => 5, MAX_LISTED => 10};

sub _at ($stand) { return "$stand->{service} at $stand->{host} port $stand->{port}" }

sub _refused ($fault, $stand) {
    return ('REFUSED', "connection refused at $stand->{host} port $stand->{port}: no port mapper (rpcbind) listens there")
        if $stand->{service} eq 'port mapper';
    return ('PORT-REFUSED',
        "connection refused: the port mapper names port $stand->{port} for $stand->{service}, nobody listens there");
}

sub _closed ($fault, $stand) {
    return ('CLOSED', _at($stand) . ' closed the connection before its answer') if $fault->{answered};
    return ('PROXY', _at($stand) . ' accepted the connection and closed it without an answer, as a proxy (published ports,'
            . ' NAT) does for a server that is not up');
}

sub _not_registered ($fault, $stand) {
    return ('NO-MOUNTD', 'GETPORT answered 0: mountd version 3 is not registered (yet)') if $stand->{service} eq 'mountd';
    return ('NO-NFSD', 'GETPORT answered 0 for NFS version 3 although mountd answers: nfsd is not running (a kernel without'
            . ' nfsd looks like this), or it speaks NFSv4 only');
}

sub _rejected ($fault, $stand) {
    my $reply  = $fault->{reply};
    my $status = $reply->{status};
    if ($status eq 'prog-mismatch') {
        my $only   = $reply->{low} >= 4 && $stand->{service} eq 'nfsd' ? ': an NFSv4-only server' : '';
        my $wanted = $stand->{service} eq 'port mapper'                ? 2                        : 3;
        return ('VERSION',
            _at($stand) . " offers versions $reply->{low} to $reply->{high}$only; a VCH speaks version $wanted");
    }
    return ('PROGRAM', 'not ' . _at($stand) . ": $fault->{message}") if $status eq 'prog-unavail' || $status eq 'proc-unavail';
    return ('RPC', $fault->{message}) if $status ne 'auth-error';
    my $name = auth_status_name($reply->{auth});
    return ('AUTH', "$name: " . _at($stand) . ' does not take AUTH_SYS as we sent it') if $reply->{auth} != AUTH_TOOWEAK;
    my $why = $stand->{privileged}
        ? 'demands more than AUTH_SYS (our source port is below 1024)'
        : 'demands a source port below 1024 (Ganesha with PrivilegedPort), which this container may not use; a VCH does';
    return ('AUTH-TOOWEAK', "$name: " . _at($stand) . " $why");
}

my %CALLS = (
    'name-not-resolved' => sub ($fault, $stand) { ('NAME', qq(the name "$stand->{host}" cannot be resolved)) },
    'refused'           => \&_refused,
    'unreachable'       => sub ($fault, $stand) { ('UNREACHABLE', "no route to $fault->{message}") },
    'connect-timeout'   => sub ($fault, $stand) {
        ('TIMEOUT', _at($stand) . " did not take the connection within $stand->{timeout_ms} ms: filtered, or nobody is at"
            . ' this address');
    },
    'reply-timeout' => sub ($fault, $stand) {
        ('NO-ANSWER', _at($stand) . " took the connection and did not answer within $stand->{timeout_ms} ms");
    },
    'closed'         => \&_closed,
    'garbage'        => sub ($fault, $stand) { ('GARBAGE', $fault->{message}) },
    'rejected'       => \&_rejected,
    'not-registered' => \&_not_registered,
    'failed'         => sub ($fault, $stand) { ('CONNECTION', $fault->{message}) },
);

sub _bare ($path) { return $path =~ s{/+$}{}r }

# The export whose clients and options count for a path: the innermost one.
sub _export_of ($exports, $path) {
    my @covering = grep { index(_bare($path) . '/', _bare($_->{path}) . '/') == 0 } @$exports;
    my ($innermost) = sort { length _bare($b->{path}) <=> length _bare($a->{path}) } @covering;
    return $innermost;
}

sub _listed (@names) {
    my @shown = map { substr $_, 0, 200 } splice @names, 0, MAX_LISTED;
    return join(', ', @shown) . (@names ? ', …' : '');
}

sub _access_causes ($exported, $path, $clients) {
    return (
        $exported ? () : 'the path is not exported',
        $clients eq '*' ? () : "the address of this container is not among the allowed clients ($clients)",
        $exported && _bare($exported->{path}) eq _bare($path) ? () : 'the folder does not exist (Ganesha answers so)',
        'a Ganesha server lacks the capabilities DAC_READ_SEARCH and SYS_ADMIN',
    );
}

# Which of the known causes of MNT3ERR_ACCES it is, as far as it shows from here.
sub _access ($fault, $stand, $after) {
    my $opening = status_name($fault) . ": mountd refuses $stand->{path}";
    if (defined $after->{nfs_port} && $after->{nfs_port} == 0) {
        return ('NO-NFSD', "$opening, and NFS version 3 is not registered: nfsd is not running (a kernel without nfsd looks"
                . ' like this), or it speaks NFSv4 only');
    }
    my $exported = $after->{exports} && _export_of($after->{exports}, $stand->{path});
    if ($after->{exports} && !$exported) {
        my $listed = _listed(map { $_->{path} } @{$after->{exports}}) || 'nothing';
        return ('NOT-EXPORTED', "$opening: it exports $listed");
    }
    my $clients = $exported && @{$exported->{groups}} ? _listed(@{$exported->{groups}}) : '*';
    my $causes  = join '; ', _access_causes($exported, $stand->{path}, $clients);
    return ('MNT-ACCES', "$opening; possible: $causes") if $stand->{privileged};
    return ('SECURE-EXPORT', "$opening; most likely our source port is unprivileged and the export is \"secure\" (a VCH uses"
            . " a port below 1024, this container may not); else: $causes");
}

sub _denied ($fault, $stand) {
    my $who  = "uid $stand->{uid}, gid $stand->{gid}";
    my $what = "$fault->{procedure}: " . status_name($fault);
    if ($stand->{rung} eq 'write') {
        my $why = $stand->{uid} == 0 ? 'the server squashes root to nobody (root_squash)' : 'the root belongs to another user';
        return ('WRITE-DENIED', "$what: $who may not make folders in the root of the export: $why, or its mode forbids it");
    }
    if ($stand->{rung} eq 'fsinfo' && !$stand->{privileged}) {
        return ('SECURE-EXPORT', "$what: our source port is unprivileged, and the server demands one below 1024 as a VCH"
                . ' uses it');
    }
    return ('DENIED', "$who: $what: " . status_meaning($fault));
}

sub _status ($fault, $stand, $after) {
    my $name = status_name($fault);
    if ($stand->{rung} eq 'subfolder') {
        return ('SUBFOLDER',
            "$name: $stand->{path} can be mounted, $stand->{path}/volumes cannot. " . status_meaning($fault));
    }
    my $code = status_code($fault) =~ s/^VN-NFS-//r;
    return _access($fault, $stand, $after) if $code eq 'MNT-ACCES';
    return ($code, "$name: mountd refuses $stand->{path}. " . status_meaning($fault)) if $fault->{protocol} eq 'MOUNT';
    my $said = "$fault->{procedure}: $name: " . status_meaning($fault);
    return ('READDIRPLUS', "$said A VCH lists volumes with READDIRPLUS only.")
        if $stand->{rung} eq 'readdirplus' && $name eq 'NFS3ERR_NOTSUPP';
    return _denied($fault, $stand) if $code eq 'DENIED';
    return ($code, $said);
}

# `$stand` says where the ladder stood: rung, service, host, port, path, uid, gid, privileged, timeout_ms.
# `$ask` asks the server once more after MNT3ERR_ACCES, which fits several causes. Returns the code and the finding.
sub diagnose ($fault, $stand, $ask) {
    return ($fault->{code}, $fault->{message}) if $fault->{kind} eq 'finding';
    my ($code, $finding);
    if ($fault->{kind} eq 'call') {
        ($code, $finding) = $CALLS{$fault->{failure}}->($fault, $stand);
    } else {
        my $ambiguous = status_name($fault) eq 'MNT3ERR_ACCES' && $stand->{rung} ne 'subfolder';
        ($code, $finding) = _status($fault, $stand, $ambiguous ? $ask->() : {});
    }
    return ("VN-NFS-$code", $finding);
}

1;
