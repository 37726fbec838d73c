#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A stand-in for the Docker daemon: docker.pl DIR [tcp] answers at the socket
# DIR/docker.sock, or at a port of 127.0.0.1 that is in DIR/port, GETs of
# /images/NAME/json and /images/NAME/get, with or without /v1.NN before them,
# from DIR/NAME.json and DIR/NAME.tar, where NAME has + for /. An empty file is
# answered with status 500. Requests are noted in DIR/requests.
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::UNIX;

my ($dir, $tcp) = @ARGV;
my $server = $tcp
	? IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 20)
	: IO::Socket::UNIX->new(Local => "$dir/docker.new", Listen => 20);
$server or die "listen: $!";
# Who sees it can connect to it.
rename "$dir/docker.new", "$dir/docker.sock" unless $tcp;
if ($tcp) {
	open(my $port, '>', "$dir/port.new") or die;
	print $port $server->sockport;
	close $port;
	rename "$dir/port.new", "$dir/port";
}

sub answer {
	my ($client, $status, $type, $text) = @_;
	print $client "HTTP/1.1 $status\r\nContent-Type: $type\r\n",
		'Content-Length: ', length $text, "\r\nConnection: close\r\n\r\n",
		$text;
}

while (my $client = $server->accept) {
	my $line = <$client> // next;
	while (defined(my $header = <$client>)) {
		last if $header =~ /^\r?\n$/;
	}
	my ($path) = $line =~ /^GET (\S+)/ or next;
	open(my $log, '>>', "$dir/requests") or die;
	print $log "$path\n";
	close $log;
	my ($name, $what) = $path =~ m,^(?:/v1\.\d+)?/images/(.+)/(json|get)$,
		or do { answer($client, '404 Not Found', 'application/json',
				'{"message":"page not found"}'); next };
	$name =~ s,/,+,g;
	my $text;
	if (open(my $file, '<:raw', "$dir/$name." . ($what eq 'get' ? 'tar' : 'json'))) {
		local $/;
		$text = <$file> // '';
	}
	if (!defined $text) {
		answer($client, '404 Not Found', 'application/json',
			'{"message":"No such image"}');
	} elsif ($text eq '') {
		answer($client, '500 Internal Server Error', 'application/json',
			'{"message":"out of luck"}');
	} else {
		answer($client, '200 OK', $what eq 'get' ? 'application/x-tar'
			: 'application/json', $text);
	}
	close $client;
}
