#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# An HTTP server for tests of what no honest registry sends. It answers the
# n-th GET of /a/b with the bytes of the file DIR/+a+b.n, or else DIR/+a+b, and
# notes each request with its Authorization header, and its Range when there is
# one, in DIR/requests. Its port is in DIR/port. Files for a POST or PUT of /a/b
# are called DIR/PUT+a+b; what was sent is noted as well, as a number of bytes or,
# of a form, as it is. It hangs up after the headers when the file is empty. A
# file that ends in "<stall>" is sent up to there, and nothing then, nor is the
# connection closed before the client does it.
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
	my ($login, $length, $more, $form) = ('-', 0, '', 0);
	while (defined(my $header = <$client>)) {
		last if $header =~ /^\r?\n$/;
		$login = $1 if $header =~ /^Authorization: (.*?)\r?\n/i;
		$length = $1 if $header =~ /^Content-Length: (\d+)/i;
		$more = " $1" if $header =~ /^Range: (.*?)\r?\n/i;
		$form = 1 if $header =~ /^Content-Type: .*urlencoded/i;
		print $client "HTTP/1.1 100 Continue\r\n\r\n"
			if $header =~ /^Expect: 100-continue/i;
	}
	next unless $line =~ /^(GET|HEAD|POST|PUT) (\S+)/;
	my ($method, $path) = ($1, $2);
	my $sends = $method =~ /^P/;
	my $file = $path;
	$file =~ s/\?.*//;
	$file =~ s,/,+,g;
	$file = "$method$file" if $sends;
	my $reply = slurp("$dir/$file." . ++$seen{$file}) // slurp("$dir/$file");
	my ($body, $got) = ('', 0);
	if (!defined $reply || $reply ne '') {
		while ($got < $length) {
			my $part = read($client, $body, $length - $got, $got) or last;
			$got += $part;
		}
	}
	open(my $log, '>>', "$dir/requests") or die;
	$more = ' ' . ($form ? $body : $got) if $sends;
	print $log $sends ? "$method " : '', "$path $login$more\n";
	close $log;
	if (defined $reply && $reply =~ s/<stall>$//) {
		print $client $reply;
		$client->flush;
		1 while sysread($client, my $rest, 4096);
		next;
	}
	print $client $reply
		// "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	close $client;
}
