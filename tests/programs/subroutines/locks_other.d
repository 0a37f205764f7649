/*
 * Locks of other kinds, made here: a spinlock and a raw one, free and held; a semaphore that is free, has two readers, readers and a waiting
 * writer, a writer, a writer and somebody waiting.
 * @engines: kernel
 * @args: -q
 */
this struct spinlock *s;
this struct raw_spinlock *r;
this struct rw_semaphore *w;

BEGIN
{
	this->s = alloca(sizeof (struct spinlock));
	this->r = alloca(sizeof (struct raw_spinlock));
	printf("%d %d\n", mutex_owned(this->s), mutex_owned(this->r));
	*(char *)this->s = 1;
	*(char *)this->r = 1;
	printf("%d %d %d %d\n", mutex_owned(this->s), mutex_owner(this->s) == NULL, mutex_type_spin(this->s), mutex_type_adaptive(this->s));
	printf("%d %d %d %d\n", mutex_owned(this->r), mutex_owner(this->r) == NULL, mutex_type_spin(this->r), mutex_type_adaptive(this->r));
}

BEGIN
{
	this->w = alloca(sizeof (struct rw_semaphore));
	printf("%d %d %d\n", rw_read_held(this->w), rw_write_held(this->w), rw_iswriter(this->w));
	this->w->count.counter = 0x200;
	printf("%d %d %d\n", rw_read_held(this->w), rw_write_held(this->w), rw_iswriter(this->w));
	this->w->count.counter = 0x202;
	printf("%d %d %d\n", rw_read_held(this->w), rw_write_held(this->w), rw_iswriter(this->w));
	this->w->count.counter = 1;
	printf("%d %d %d\n", rw_read_held(this->w), rw_write_held(this->w), rw_iswriter(this->w));
	this->w->count.counter = 3;
	printf("%d %d %d\n", rw_read_held(this->w), rw_write_held(this->w), rw_iswriter(this->w));
	printf("%d\n", rw_write_held(&curthread->mm->mmap_lock));
}

BEGIN { trace(rw_iswriter((struct rw_semaphore *)0x30)); }
BEGIN { exit(0); }
ERROR { printf("fault %d\n", arg4); }
