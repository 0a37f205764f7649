/* Inlines: constants, expressions, with arguments (computed once each), through translators. */
#pragma D option quiet
inline int i0 = 100 + 23;
inline string i1 = probename;
inline int i2 = pid != 0;
struct s { int s_x; };
translator struct s < int T > { s_x = T + 1; };
inline struct s i3 = xlate < struct s > (i0);
inline int i4[int x, int y] = x + y;
inline int i5[int x] = (xlate < struct s > (x)).s_x;
inline string j[string a] = strjoin(a, a);
BEGIN
{
	printf("i0 = %d\n", i0);
	printf("i1 = %s\n", i1);
	printf("i2 = %d\n", i2);
	printf("i3.s_x = %d\n", i3.s_x);
	printf("i4[10, 20] = %d\n", i4[10, 20]);
	printf("i5[123] = %d\n", i5[123]);
	x = 5;
	printf("%d %s %d\n", i4[x++, x++], j["ab"], i4[i4[1,2],i5[x]]);
	exit(0);
}
