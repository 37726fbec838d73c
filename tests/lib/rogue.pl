#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# An HTTP server for tests of what no honest registry sends. It answers the
# n-th request of /a/b with the bytes of the file DIR/+a+b.n, or else DIR/+a+b, and
# notes each request with its Authorization header, and its Range or form when
# there is one, in DIR/requests. Its port is in DIR/port.
use strict;
use warnings;
use IO::Socket::INET;
use Socket qw(MSG_PEEK);

my $dir = shift;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 20)
	or die "listen: $@";
open(my $port, '>', "$dir/port.new") or die;
print $port $server->sockport;
close $port;
rename "$dir/port.new", "$dir/port";
my %seen;

sub slurp {
	my $file;
	open($file, '<:raw', shift) or return undef;
	local $/;
	return scalar <$file>;
}

while (my $client = $server->accept) {
	# A TLS handshake has no line end to wait for.
	my $first = '';
	$client->recv($first, 1, MSG_PEEK);
	next unless $first =~ /[GHP]/;
	my $line = <$client> // next;
	my ($login, $more, $length) = ('-', '', 0);
	while (defined(my $header = <$client>)) {
		last if $header =~ /^\r?\n$/;
		$login = $1 if $header =~ /^Authorization: (.*?)\r?\n/i;
		$more = " $1" if $header =~ /^Range: (.*?)\r?\n/i;
		$length = $1 if $header =~ /^Content-Length: (\d+)/i;
	}
	next unless $line =~ /^(GET|HEAD|POST) (\S+)/;
	my $path = $2;
	read($client, my $body, $length);
	$more = " $body" if $length;
	open(my $log, '>>', "$dir/requests") or die;
	print $log "$path $login$more\n";
	close $log;
	$path =~ s/\?.*//;
	$path =~ s,/,+,g;
	my $reply = slurp("$dir/$path." . ++$seen{$path}) // slurp("$dir/$path");
	print $client $reply
		// "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	close $client;
}
