/*
 * The kernel's typedefs are types, with and without their module: in casts, sizeof, offsetof, declarations, keys and members.
 * @args: -q
 */
gfp_t g;
self loff_t l;
this ktime_t k;
int a[umode_t, dev_t];
typedef gfp_t flags_t;
struct both { umode_t mode; loff_t at; };
inline umode_t ten = 65546;
rwlock_t *lock;
vmlinux`umode_t mode;

BEGIN
{
	g = -1;
	self->l = -5;
	this->k = 4;
	mode = 65537;
	a[3, 4] = 7;
	printf("%d %d %d %d %d\n", g, self->l, this->k, mode, a[3, 4]);
	printf("%d %d %d %d\n", sizeof (umode_t), sizeof (vmlinux`umode_t), sizeof (flags_t), sizeof (struct both));
	printf("%d %d %d\n", (umode_t)-1, (loff_t)-1, ten);
	lock = (rwlock_t *)16;
	printf("%p %d\n", lock, offsetof(rwlock_t, raw_lock));
}

/* A name of the program's own is a variable, also in parentheses. */
BEGIN
{
	x = 5;
	printf("%d %d\n", (x) * 2, -(x));
	code = 7;
	u8 = 2;
	printf("%d %d %d\n", (code) - 1, (u8) * x, sizeof (u16));
	exit(0);
}
