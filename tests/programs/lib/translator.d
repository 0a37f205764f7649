/* Translators: several from one output, nested, unions, pointers; an input with effects is computed once for each member read. */
#pragma D option quiet

struct in { int a; char text[8]; struct in *next; };
union choice { int whole; char part; };
struct out { int n; string s; int twice; struct out *link; };

translator struct out < int T > { n = T; twice = T + T; s = lltostr(T); };
translator struct out < string T > { n = strlen(T); twice = 2 * strlen(T); s = strjoin(T, T); };
translator union choice < struct out *T > { whole = -1; };
translator union choice < int T > { whole = xlate<struct out>(T).twice; part = T; };

BEGIN
{
	i = 10;
	printf("%d %d %s\n", xlate<struct out>(i).n, xlate<struct out>(i).twice, xlate<struct out>(i).s);
	printf("%d %d\n", xlate<struct out *>(i++)->twice, i);
	printf("%d %d %s\n", xlate<struct out>("abc").n, xlate<struct out>("abc").twice, xlate<struct out>("abc").s);
	printf("%d %d\n", xlate<union choice>(300).whole, xlate<union choice>(300).part);
	printf("%d\n", sizeof (xlate<struct out *>(i)));
	@[xlate<struct out>(i).s] = sum(xlate<struct out>(i).n);
	exit(0);
}
