"""An INVITE as a template, for tests that write their datagrams by hand."""

INVITE = (
    "INVITE sip:plateau@127.0.0.1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{tag}\r\n"
    "From: {sender};tag={tag}\r\n"
    "To: <sip:plateau@127.0.0.1>\r\n"
    "Call-ID: {tag}@hostile\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:x@127.0.0.1:{port}>\r\n"
    "Max-Forwards: 70\r\n"
    "{more}"
    "Content-Length: 0\r\n\r\n"
)

OFFER = "v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
