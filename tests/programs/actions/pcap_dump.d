/* Without freopen a packet is dumped, as much of it as pcapsize and the linear part of the buffer have. No packet: nothing.
 * @args: -q -x scratchsize=1k -x pcapsize=20
 */
BEGIN
{
	skb = (struct sk_buff *)alloca(sizeof (struct sk_buff));
	p = (unsigned char *)alloca(40);
	p[0] = 0x45; p[1] = 'A'; p[19] = 'z';
	skb->len = 40;
	skb->data = p;
	pcap(skb, PCAP_IP);
	skb->data_len = 38;
	pcap(skb, PCAP_IP);
	pcap((struct sk_buff *)NULL, PCAP_IP);
	exit(0);
}
