/*
 * Associative arrays, global and of a thread: keys of every kind, narrow and negative ones, what 0 does, arrays and structs as values.
 * @args: -q
 */
int declared[int, string];
long narrow[char, short, uint8_t];
string texts[long];
int rows[int][4];
self int own[string, int];
struct pair {
	int a;
	char b[4];
} pairs[int], key;
char name[8];

BEGIN
{
	declared[1, "one"] = 10;
	declared[-1, "one"] = 20;
	declared[1, "two"]++;
	printf("%d %d %d %d\n", declared[1, "one"], declared[-1, "one"], declared[1, "two"], declared[2, "one"]);
	narrow[-1, -1, 255] = 7;
	narrow[255, 65535, -1] += 1;
	printf("%d %d\n", narrow[-1, -1, -1], narrow[1, 1, 1]);
	texts[-5] = "minus five";
	texts[5] = texts[-5];
	printf("%s <%s>\n", texts[5], texts[6]);
	rows[1][2] = 12;
	rows[1][3] = rows[1][2] + 1;
	i = 3;
	printf("%d %d %d\n", rows[1][i], rows[1][0], rows[2][i]);
	self->own["a", 1] = 3;
	self->own["a", 1] *= 5;
	self->implicit[curthread, 1] = 4;
	printf("%d %d %d\n", self->own["a", 1], self->own["b", 1], self->implicit[curthread, 1]);
	pairs[7].a = 70;
	pairs[7].b[1] = 'x';
	key.a = 7;
	name[0] = 'n';
	printf("%d %c %d\n", pairs[key.a].a, pairs[key.a].b[1], pairs[8].a);
	m[key.a, name, &name[1], 'c', (short)-1] = 9;
	printf("%d %d\n", m[7, "n", &name[1], 'c', -1], m[7, "o", &name[1], 'c', -1]);
	x[(char)-1] = 1;
	x[(char)1] = 2;
	printf("%d %d\n", x[-1], x[1]);
	k = 0;
	y[k++] = k;
	y[k++] += 10;
	printf("%d %d %d\n", y[0], y[1], k);
	declared[1, "one"] = 0;
	texts[5] = 0;
	pairs[7] = 0;
	self->own["a", 1] = 0;
	printf("%d <%s> %d %d", declared[1, "one"], texts[5], pairs[7].a, self->own["a", 1]);
	exit(0);
}
