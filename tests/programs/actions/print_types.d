/* print of nested types: arrays, bit-fields, enumerators, unions, function pointers, anonymous members; what is zero is left out.
 * @args: -q -x scratchsize=512
 * @mask: 0x[0-9a-f]{8,} => ADDRESS
 */
enum color { RED, GREEN = 5, BLUE };
struct bits { int x; unsigned int low : 3; int negative : 5; uint64_t wide : 33; };
struct all {
	struct bits pair[2];
	enum color color, unknown;
	union { int whole; char bytes[4]; } u;
	int (*function)(int, char *);
	int (*functions[2])(void);
	char name[8];
	struct all *next;
	_Bool truth;
	signed char sc;
	unsigned char uc;
	int matrix[2][3];
	struct { int deep; union { int r; long t; }; };
	bool b;
	loff_t at;
};
int *number;
char *letter;

BEGIN
{
	p = (struct all *)alloca(sizeof (struct all));
	p->pair[1].x = -5;
	p->pair[0].low = 7;
	p->pair[0].negative = -1;
	p->pair[0].wide = 0x1ffffffff;
	p->color = BLUE;
	p->unknown = 77;
	p->u.whole = 0x41424344;
	p->function = (int (*)(int, char *))0x1000;
	p->functions[1] = (int (*)(void))0x2000;
	p->name[0] = 'h';
	p->name[1] = '\n';
	p->name[2] = 1;
	p->next = p;
	p->truth = 1;
	p->sc = -1;
	p->uc = 200;
	p->matrix[1][2] = 77;
	p->deep = 3;
	p->r = 4;
	p->b = 1;
	p->at = -1;
	print(p);
	number = (int *)alloca(4);
	print(number);
	letter = (char *)alloca(1);
	*letter = 'x';
	print(letter);
	exit(0);
}
