/* Stacks and user addresses as values: of variables of every scope, cut and filled by their variable, and cleared by 0.
 * @args: -q
 * @target: true
 * @mask: \+0x[0-9a-f]+ => +OFFSET
 * @mask: _Exit|_exit => _exit
 */
self dt_stack_t declared;
dt_stack_t global;

syscall::exit_group:entry
/pid == $target/
{
	self->one = ustack(1);
	this->two = self->one;
	global = this->two;
	self->declared = global;
	trace(self->one);
	trace(self->declared);
	printf("[%-2k]\n", global);
	a[1] = global;
	trace(a[1]);
	global = 0;
	trace(global);
	this->f = usym(0x1000);
	self->u = uaddr(0x1001);
	self->k = sym(0);
	trace(this->f);
	trace(self->u);
	trace(self->k);
	printf("[%A] [%s]\n", self->u, this->f);
	a[1] = 0;
	self->one = 0;
	trace(a[1]);
	trace(self->one);
	usym(0x1000);
	umod(0x1000);
	ufunc(0x1000);
	uaddr(0x1000);
}
