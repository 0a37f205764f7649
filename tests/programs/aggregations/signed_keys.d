/* Keys of one and two bytes are shown unsigned, larger ones signed; a format shows what the type says. Order is unsigned. */
#pragma D option quiet
#pragma D option aggsortkey

BEGIN
{
	@i8[(char)-2] = sum(-2);
	@i8[(char)1] = sum(1);
	@i16[(short)-2] = sum(-2);
	@i16[(short)1] = sum(1);
	@i32[-2] = sum(-2);
	@i32[1] = sum(1);
	@u32[4294967294U] = sum(-2);
	@u32[1U] = sum(1);
	@i64[-2LL] = sum(-2);
	@i64[1LL] = sum(1);
	printa("%d %@d\n", @i8);
	printa("%x %@d\n", @i16);
	exit(0);
}
