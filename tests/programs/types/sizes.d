/*
 * sizeof and offsetof of everything that has a size.
 * @args: -q
 */
struct s {
	char c;
	long l;
	short s[3];
	struct {
		int x;
		char y;
	} in;
	unsigned bits : 5, : 0, more : 3;
};
struct packed_tight {
	char a;
	int b : 4;
	char c;
};
union u {
	char c[5];
	short s;
};
struct s v;
int a[3][4];
string str;
char *p;

BEGIN
{
	printf("%d %d %d %d %d\n", sizeof (char), sizeof (short), sizeof (int), sizeof (long), sizeof (long long));
	printf("%d %d %d %d %d\n", sizeof (float), sizeof (double), sizeof (long double), sizeof (_Bool), sizeof (void *));
	printf("%d %d %d %d\n", sizeof (struct s), sizeof (union u), sizeof (struct packed_tight), sizeof (int (*)(void)));
	printf("%d %d %d %d\n", sizeof (v), sizeof v.s, sizeof (v.in), sizeof (v.s[0]));
	printf("%d %d %d %d\n", sizeof (a), sizeof (a[0]), sizeof (a[0][0]), sizeof (&a[0]));
	printf("%d %d %d %d\n", sizeof (string), sizeof (str), sizeof ("four"), sizeof (p));
	printf("%d %d %d\n", sizeof (*p), sizeof (1 + 2L), sizeof ((char)1));
	printf("%d %d %d %d\n", offsetof(struct s, c), offsetof(struct s, l), offsetof(struct s, s), offsetof(struct s, in));
	printf("%d %d\n", offsetof(union u, s), offsetof(struct packed_tight, c));
	printf("%d", sizeof (int[sizeof (struct s) / 2]));
	exit(0);
}
