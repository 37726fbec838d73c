#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A token server for Debian's docker-registry: tokens.pl DIR NAME signs with
# NAME.key what NAME.crt vouches for. "user:secret" may do what it asks for,
# anybody may pull, and another login is refused. Requests are noted in
# DIR/requests, its port in DIR/port.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 qw(encode_base64 encode_base64url decode_base64);

my ($dir, $name) = @ARGV;
my $json = JSON::PP->new->canonical;

sub slurp {
	open(my $file, '<:raw', shift) or die;
	local $/;
	return scalar <$file>;
}

sub signature {
	my $text = shift;
	open(my $out, '>:raw', "$dir/text") or die;
	print $out $text;
	close $out;
	system("openssl dgst -sha256 -sign '$name.key' -out $dir/signature $dir/text") == 0
		or die;
	return slurp("$dir/signature");
}

sub access_of {
	my ($query, $login) = @_;
	my @access;
	for my $scope ($query =~ /scope=([^&]*)/g) {
		$scope =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
		my ($type, $repository, $actions) = $scope =~ /^(\w+):(.*):([\w,]+)$/
			or next;
		my @actions = grep { $login || $_ eq 'pull' } split /,/, $actions;
		push @access,
			{ type => $type, name => $repository, actions => \@actions };
	}
	return \@access;
}

sub token {
	my ($query, $login) = @_;
	my ($pem) = slurp("$name.crt") =~ /-----\n(.*?)-----END/s;
	$pem =~ s/\s//g;
	my $head = $json->encode({ typ => 'JWT', alg => 'RS256', x5c => [$pem] });
	my $body = $json->encode({
		iss => 'issuer', sub => $login ? 'user' : '', aud => 'registry',
		exp => time + 300, nbf => time - 60, iat => time, jti => '1',
		access => access_of($query, $login) });
	my $text = encode_base64url($head) . '.' . encode_base64url($body);
	return "$text." . encode_base64url(signature($text));
}

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 20)
	or die "listen: $@";
open(my $port, '>', "$dir/port.new") or die;
print $port $server->sockport;
close $port;
rename "$dir/port.new", "$dir/port";

while (my $client = $server->accept) {
	my $line = <$client> // next;
	my $login = '-';
	while (defined(my $header = <$client>)) {
		last if $header =~ /^\r?\n$/;
		$login = $1 if $header =~ /^Authorization: (.*?)\r?\n/i;
	}
	my ($query) = $line =~ /^GET [^ ?]*\?(\S*)/ or next;
	open(my $log, '>>', "$dir/requests") or die;
	print $log "$query $login\n";
	close $log;
	my $known = $login eq 'Basic ' . encode_base64('user:secret', '');
	my ($status, $text) = ('401 Unauthorized', '{}');
	($status, $text) = ('200 OK', $json->encode({ token => token($query, $known) }))
		if $known || $login eq '-';
	print $client "HTTP/1.1 $status\r\nContent-Length: " . length($text) .
		"\r\nConnection: close\r\n\r\n$text";
	close $client;
}
