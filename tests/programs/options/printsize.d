/* print() reads so many bytes and says where it ends; the option may change while tracing.
 * @args: -q -x printsize=4
 * @mask: 0x[0-9a-f]{8,} => ADDRESS
 */
struct three { int a; int b; int c; };
BEGIN
{
	this->p = (struct three *)alloca(sizeof (struct three));
	this->p->a = 1;
	this->p->b = 2;
	this->p->c = 3;
	print(this->p);
	setopt("printsize", "8");
	print(this->p);
	setopt("printsize", "8k");
	print(this->p);
	exit(0);
}
