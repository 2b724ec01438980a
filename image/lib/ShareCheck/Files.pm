package ShareCheck::Files;

# Small files and folders of a share, through NFS calls of our own: what vicnfs asks for where its own machine has no
# route to the server. Paths are relative to the export; the empty one is its root.

use v5.36;
use strict;
use warnings;

use ShareCheck::Clock qw(deadline_in);
use ShareCheck::Fault qw(fail_call finding);
use ShareCheck::Ladder;
use ShareCheck::Nfs qw(getattr lookup readdirplus make_folder remove_file remove_folder read_file create_file write_file
    rename_file);

use Exporter 'import';
our @EXPORT_OK = qw(read_words);

use constant {FOLDER => 2, NOENT => 2, EXIST => 17, FILE_MODE => oct 644, FOLDER_MODE => oct 755, CHUNK => 8192,
    MAX_BYTES => 65_536, MAX_ENTRIES => 20_000};

# Operation: how many words follow it, and what does it.
my %OPERATIONS = (
    list  => [1, \&_list],
    read  => [1, \&_read],
    write => [2, \&_write],
    mkdir => [1, \&_mkdir],
    rm    => [1, sub ($self, $path) { $self->_remove($path, \&remove_file) }],
    rmdir => [1, sub ($self, $path) { $self->_remove($path, \&remove_folder) }],
);

# The words of the command line as operations. Returns a list of [operation, path, more], or undef and what is wrong.
sub read_words (@words) {
    my @wanted;
    while (@words) {
        my $name      = shift @words;
        my $operation = $OPERATIONS{$name} or return (undef, 'an unknown operation on files');
        my ($path, @more) = splice @words, 0, $operation->[0];
        return (undef, "$name wants " . ($operation->[0] == 1 ? 'a path' : 'a path and the content in hexadecimal'))
            if !defined $path || @more != $operation->[0] - 1;
        return (undef, "$name: a path is relative, without . and ..")
            if $path =~ m{^/|\0} || grep { $_ eq '.' || $_ eq '..' } split m{/}, $path;
        return (undef, "$name: this path names the root") if $name ne 'list' && $path !~ m{[^/]};
        return (undef, "$name: the content is no hexadecimal text")
            if @more && ($more[0] !~ /^(?:[0-9a-f]{2})*$/ || length $more[0] > 2 * MAX_BYTES);
        push @wanted, [$name, $path, @more];
    }
    return @wanted ? \@wanted : (undef, 'no operation on files');
}

# Mounts the export. Returns the files, or undef, the code and the finding.
sub open_share ($class, $ladder) {
    for my $step (grep { $_->[0] =~ /^(?:portmap|mountd|nfsd|fsinfo)$/ } @ShareCheck::Ladder::LADDER) {
        my ($found, $code, $finding) = $ladder->climb($step->[0], $step->[3]);
        return (undef, $code, $finding) if !defined $found;
    }
    return bless {ladder => $ladder}, $class;
}

# Runs one operation. Returns what it found as a hash; dies of a fault.
sub run ($self, $name, @words) {
    my $ladder = $self->{ladder};
    $ladder->{deadline_ms} = deadline_in($ladder->{timeout_ms});
    @$self{qw(nfsd root)} = @$ladder{qw(nfsd root)};
    return $OPERATIONS{$name}[1]->($self, @words);
}

sub _call ($self) { return $self->{ladder}->_call }

sub _is_status ($error, $status) {
    return ref $error && $error->{kind} eq 'status' && $error->{protocol} eq 'NFS' && $error->{status} == $status;
}

# What `$body` returns, or nothing where something on the way is not there.
sub _unless_missing ($body) {
    my @found;
    return @found if eval { @found = $body->(); 1 };
    die $@ if !_is_status($@, NOENT);
    return;
}

sub _walk ($self, @parts) {
    my $handle = $self->{root};
    ($handle) = lookup($self->{nfsd}, $handle, $_, $self->_call) for @parts;
    return $handle;
}

sub _parts ($path) { return grep { length } split m{/}, $path }

# The folder that a path lies in, and its name there.
sub _place ($self, $path) {
    my @parts = _parts($path);
    my $name  = pop @parts;
    return ($self->_walk(@parts), $name);
}

sub _is_folder ($self, $dir, $name) {
    my ($handle, $type) = lookup($self->{nfsd}, $dir, $name, $self->_call);
    return FOLDER == ($type // getattr($self->{nfsd}, $handle, $self->_call));
}

sub _list ($self, $path) {
    my ($found) = _unless_missing(sub {
        my $dir = $self->_walk(_parts($path));
        my @entries;
        my $each = sub ($entry) {
            return if $entry->{name} eq '.' || $entry->{name} eq '..';
            fail_call('garbage', 'a folder of more than ' . MAX_ENTRIES . ' entries') if @entries == MAX_ENTRIES;
            push @entries, $entry;
        };
        readdirplus($self->{nfsd}, $dir, $each, $self->_call);
        $_->{folder} = defined $_->{type} ? $_->{type} == FOLDER : $self->_is_folder($dir, $_->{name}) for @entries;
        return {found => 1, entries => \@entries};
    });
    return $found // {found => 0};
}

sub _read ($self, $path) {
    my ($found) = _unless_missing(sub {
        my $handle = $self->_walk(_parts($path));
        my $content = '';
        for (;;) {
            my ($data, $eof) = read_file($self->{nfsd}, $handle, length $content, CHUNK, $self->_call);
            $content .= $data;
            finding('VN-NFS-SHARE-TOO-LARGE', 'the file is larger than ' . MAX_BYTES . ' bytes') if length $content > MAX_BYTES;
            return {found => 1, content => unpack 'H*', $content} if $eof || !length $data;
        }
    });
    return $found // {found => 0};
}

# As a whole: another reader sees the old or the new content.
sub _write ($self, $path, $hex) {
    my ($dir, $name) = $self->_place($path);
    my $draft = sprintf '.vicnfs-%08x%08x.tmp', int rand 2**32, int rand 2**32;
    my $nfsd = $self->{nfsd};
    my ($handle) = create_file($nfsd, $dir, $draft, FILE_MODE, $self->_call);
    return {} if eval {
        ($handle) = lookup($nfsd, $dir, $draft, $self->_call) if !defined $handle;
        my $data = pack 'H*', $hex;
        for (my $at = 0; $at < length $data;) {
            my ($taken) = write_file($nfsd, $handle, $at, substr($data, $at, CHUNK), $self->_call);
            fail_call('garbage', 'WRITE took nothing') if !$taken;
            $at += $taken;
        }
        rename_file($nfsd, $dir, $draft, $name, $self->_call);
        1;
    };
    my $error = $@;
    eval { remove_file($nfsd, $dir, $draft, $self->_call) };
    die $error;
}

sub _mkdir ($self, $path) {
    my ($dir, $name) = $self->_place($path);
    return {} if eval { make_folder($self->{nfsd}, $dir, $name, FOLDER_MODE, $self->_call); 1 };
    my $error = $@;
    die $error if !_is_status($error, EXIST) || !$self->_is_folder($dir, $name);
    return {};
}

sub _remove ($self, $path, $remove) {
    _unless_missing(sub {
        my ($dir, $name) = $self->_place($path);
        return $remove->($self->{nfsd}, $dir, $name, $self->_call);
    });
    return {};
}

1;
