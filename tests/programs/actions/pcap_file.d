/* Behind freopen packets go into a pcap file: one header (raw IP), and for each a time, both lengths and the bytes. freopen away and back
 * goes on in it. A packet of another link type has no place there.
 * @args: -w -q -x scratchsize=1k
 * @mask: probe ID \d+ => probe ID N
 * @mask: /tmp/pcap\.\d+ => FILE
 */
BEGIN
{
	skb = (struct sk_buff *)alloca(sizeof (struct sk_buff));
	p = (unsigned char *)alloca(8);
	p[0] = 0x45; p[7] = 0xff;
	skb->len = 8;
	skb->data = p;
	freopen("/tmp/pcap.%d", $pid);
	pcap(skb, PCAP_IP);
	freopen("");
	printf("between\n");
	freopen("/tmp/pcap.%d", $pid);
	skb->len = 20;
	skb->data_len = 17;
	pcap(skb, PCAP_IP);
	pcap(skb, PCAP_ETHER);
	freopen("");
	system("od -A d -t x1 -N 24 /tmp/pcap.%d; od -A d -t x1 -j 32 -N 16 /tmp/pcap.%d; od -A d -t x1 -j 56 /tmp/pcap.%d; rm /tmp/pcap.%d",
	    $pid, $pid, $pid, $pid);
	exit(0);
}
