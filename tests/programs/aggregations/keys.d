/* Keys of every size and sign, and how conversions show them; unsigned order, so negative ones come last. */
#pragma D option quiet

BEGIN
{
	@sizes[(char)-1, (short)-2, (int)-3, (long)-4] = count();
	@sizes[(char)65, (short)1000, (int)100000, (long)10000000000] = count();
	@unsigned[(uint8_t)255, (uint16_t)65535, (uint32_t)4294967295, (uint64_t)18446744073709551615U] = count();
	@order[-1] = count();
	@order[0] = count();
	@order[5] = count();
	@order[-100] = count();
	@chars['a'] = count();
	@strings["with blanks and %d", ""] = count();
	printa("%d %hd %i %x %@d\n", @sizes);
	printa("%u %x %o %X %@d\n", @unsigned);
	printa("[%-24s] [%5s] %@d\n", @strings);
	printa("%08d %@d\n", @order);
	printa("%c %@d\n", @chars);
	printa(@sizes);
	printa(@unsigned);
	printa(@order);
	printa(@strings);
	exit(0);
}
