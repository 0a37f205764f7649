/*
 * The types of constants, as trace() shows them: the first of int, unsigned (not for decimals), long and unsigned long that fits.
 */
BEGIN { trace(1); trace(0x7fffffff); trace(0x80000000); trace(037777777777); }
BEGIN { trace(2147483648); trace(4294967296); trace(0xffffffffffffffff); }
BEGIN { trace(1u); trace(1U << 31); trace(1L); trace(1ul); trace(1LL); trace(0xfffffffffUll); }
BEGIN { trace(-1); trace(-2147483648); trace(~0u); trace(!5); trace(-1u); }
BEGIN { trace('a'); trace('ab'); trace('abcd'); trace('abcdefgh'); trace('\n'); trace('\0'); trace('\x41'); trace('\101'); }
BEGIN { trace(sizeof (int)); trace(NULL); trace(1 == 1); trace((char)65); trace((short)-2); trace((uint8_t)255); }
BEGIN { trace("s"); trace('\\'); trace('\"'); trace('\?'); trace('\''); trace("\?\'\"\\"); trace("tab\tend"); }
BEGIN { trace(1 ? 2 : 3L); trace((char)1 + (char)2); trace(1 + 1u); trace(1L + 1u); trace((short)1 << 3); trace(7 / 2); trace(-7 % 3); }
BEGIN { exit(0); }
