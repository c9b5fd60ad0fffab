#!/usr/bin/env python3
"""hostile_headers.py ADDRESS [--certificate FILE --key FILE] [--plain]

Calls a gRPC server (HOST:PORT or unix:PATH) with HTTP/2 frames of its own making: every header that
gRPC knows, in turn, with each of some texts that gRPC writes into its log. One connection a call.
Prints how many calls the server reacted to (RFC 9113: HEADERS, RST_STREAM, GOAWAY, or it hung up);
ends with 1 where it left one unanswered.
"""

import argparse
import socket
import ssl
import struct

TIMEOUT_S = 20
HEADERS, RST_STREAM, SETTINGS, GOAWAY = 1, 3, 4, 7
END_STREAM_AND_HEADERS = 0x5
PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

NORMAL = {
    ':method': 'POST',
    ':scheme': 'https',
    ':path': '/signet.gateway.v1.EnrollmentGateway/Enroll',
    ':authority': 'signet-gateway',
    'te': 'trailers',
    'content-type': 'application/grpc',
}
ALSO_KNOWN = [
    'user-agent', 'host', 'grpc-timeout', 'grpc-encoding', 'grpc-accept-encoding', 'grpc-status',
    'grpc-message', 'grpc-internal-encoding-request', 'grpc-internal-stream-encoding-request',
    'grpc-previous-rpc-attempts', 'grpc-retry-pushback-ms', 'grpc-tags-bin', 'grpc-trace-bin',
    'grpc-server-stats-bin', 'lb-token', 'lb-cost-bin', 'x-endpoint-load-metrics-bin',
    'x-envoy-peer-metadata', 'traceparent', 'content-length', 'connection', 'made-up',
]
TEXTS = [
    'Failed accept4', 'Failed accept4: Too many open files', 'Failed accept: Bad file descriptor',
    'listener_lost', 'Server shutdown', 'assertion failed: false',
]


def literal(text):
    """A string without Huffman coding (RFC 7541, 5.2), shorter than 127 bytes or with one more."""
    data = text.encode()
    if len(data) < 127:
        return bytes([len(data)]) + data
    return bytes([127, len(data) - 127]) + data


def frame(kind, flags, stream, payload):
    return struct.pack('>I', len(payload))[1:] + bytes([kind, flags]) + struct.pack('>I', stream) + payload


def request(headers):
    # Literal header field without indexing, new name (RFC 7541, 6.2.2).
    block = b''.join(b'\0' + literal(name) + literal(value) for name, value in headers.items())
    return PREFACE + frame(SETTINGS, 0, 0, b'') + frame(HEADERS, END_STREAM_AND_HEADERS, 1, block)


def connect(address, context):
    if address.startswith('unix:'):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT_S)
        connection.connect(address[len('unix:'):])
    else:
        host, port = address.rsplit(':', 1)
        connection = socket.create_connection((host, int(port)), TIMEOUT_S)
    return context.wrap_socket(connection) if context else connection


def reacts(connection):
    received = b''
    while True:
        while len(received) >= 9:
            length = struct.unpack('>I', b'\0' + received[:3])[0]
            if received[3] in (HEADERS, RST_STREAM, GOAWAY):
                return True
            if len(received) < 9 + length:
                break
            received = received[9 + length:]
        try:
            more = connection.recv(65536)
        except TimeoutError:
            return False
        except OSError:
            return True
        if not more:
            return True
        received += more


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('address')
    parser.add_argument('--certificate')
    parser.add_argument('--key')
    parser.add_argument('--plain', action='store_true')
    arguments = parser.parse_args()
    context = None
    if not arguments.plain:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the server is the one under test
        context.set_alpn_protocols(['h2'])
        if arguments.certificate:
            context.load_cert_chain(arguments.certificate, arguments.key)
    calls = 0
    for name in list(NORMAL) + ALSO_KNOWN:
        for text in TEXTS:
            with connect(arguments.address, context) as connection:
                connection.sendall(request({**NORMAL, name: text}))
                if not reacts(connection):
                    raise SystemExit(f'{arguments.address}: no reaction to {name}: {text}')
                calls += 1
    print(calls)


main()
