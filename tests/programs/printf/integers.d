/* Every integer conversion, with and without size letters, by the argument's type.
 * @args: -q
 */
BEGIN
{
	i = 97; n = -1;
	printf("%d %i %o %u %x %X %c %C|\n", i, i, i, i, i, i, i, i);
	printf("%hd %hi %ho %hu %hx %hX|\n", (short)i, (short)i, (ushort_t)i, (ushort_t)i, (ushort_t)i, (short)i);
	printf("%ld %li %lo %lu %lx %lX|\n", (long)i, (long)i, (ulong_t)i, (ulong_t)i, (ulong_t)i, (long)i);
	printf("%lld %lli %llo %llu %llx %llX|\n", (long long)i, (int64_t)i, (u_longlong_t)i, (uint64_t)i, (uint64_t)i, (int64_t)i);
	printf("%d %u %x %o %X|\n", n, n, n, n, n);
	printf("%d %u %x %o|\n", (char)n, (char)n, (char)n, (char)n);
	printf("%d %u %x|\n", (short)n, (short)n, (short)n);
	printf("%d %u %x|\n", (long)n, (long)n, (long)n);
	printf("%d %d %d %d|\n", (uint8_t)n, (uint16_t)n, (uint32_t)n, (uint64_t)n);
	printf("%lc%c%c%%\n", 0x263a, 'D', '\n');
	printf("%p %p %?p|\n", (void *)n, i, (void *)4096);
	exit(0);
}
