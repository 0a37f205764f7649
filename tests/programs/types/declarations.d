/*
 * What can be declared: typedefs, structs, unions and enums, nested, without names, before they are complete; arrays, functions.
 * @args: -q
 */
typedef unsigned char byte_t, *bytes_t;
typedef int matrix_t[2][3];
typedef struct point {
	int x, y;
} point_t;
typedef const volatile struct point *cpoint_t;
struct later;
struct list {
	struct later *first;
	struct list *next;
};
struct later {
	char c;
	point_t at;
};
union number {
	long whole;
	struct {
		int low, high;
	};
	struct {
		byte_t first;
		byte_t bytes[7];
	} parts;
};
struct outer {
	short kind;
	union {
		int number;
		char text[10];
		struct {
			short a, b;
		};
	};
	enum color {
		RED,
		GREEN = 5,
		BLUE,
		SAME = GREEN,
		LAST = RED - 3
	} color;
	matrix_t matrix;
	int (*function)(int, char *);
	int (*functions[2])(void);
	struct {
		int deep;
	} named;
};
enum { NAMELESS = 100, NEXT };

byte_t b;
bytes_t pb;
point_t pt, *ppt;
cpoint_t cp;
struct list li;
union number num;
struct outer o;
matrix_t m;
enum color col;
const int ci;
volatile long vl;
int *const kp;
self enum color sc;
this point_t tp;
extern int a_kernel_variable;
int a_function(int, char *);
struct D`outer *po;
D`point_t scoped;
C`uint32_t c32;
unsigned u;
long unsigned int lui;
short int si;
signed char sch;
long long unsigned llu;
_Bool bo;
float f;
double d;
long double ld;

BEGIN
{
	b = 300;
	vl = -1;
	ci = 7;
	bo = 5 > 3;
	printf("%d %d %d %d\n", b, vl, ci, bo);
	pt.x = 3;
	num.low = -1;
	num.high = 1;
	num.parts.bytes[0] = 0x7f;
	printf("%x %d %x\n", num.whole, num.parts.first, num.low);
	o.number = 0x00020001;
	printf("%d %d %d\n", o.a, o.b, o.text[2]);
	o.matrix[1][2] = 6;
	o.named.deep = 9;
	o.color = BLUE;
	m[1][1] = o.matrix[1][2] + o.named.deep;
	printf("%d %d %d %d %d %d %d\n", o.color, m[1][1], RED, GREEN, SAME, LAST, NEXT);
	col = o.color;
	self->sc = col;
	printf("%d %d %d\n", self->sc == BLUE, col > GREEN, col + 1);
	this->tp = pt;
	scoped = this->tp;
	printf("%d\n", scoped.x);
	ppt = (point_t *)alloca(sizeof (point_t));
	*ppt = pt;
	ppt->y = -8;
	li.first = NULL;
	printf("%d %d %d\n", ppt->x, ppt->y, li.first == NULL);
	lui = -1;
	si = 0x18000;
	sch = 200;
	llu = -2;
	u = -3;
	printf("%u %d %d %u %u", lui, si, sch, llu, u);
	exit(0);
}
