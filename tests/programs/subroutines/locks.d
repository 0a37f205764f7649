/*
 * The kernel's locks, made here: a mutex of this thread (with two flags set) and of none; a read-write lock that is free, has
 * a reader, a writer, a reader and a waiting writer, a waiting writer alone.
 * @engines: kernel
 * @args: -q
 */
this struct mutex *m;
this struct qrwlock *rw;

BEGIN
{
	this->m = alloca(sizeof (struct mutex));
	printf("%d %d\n", mutex_owned(this->m), mutex_owner(this->m) == NULL);
	*(uint64_t *)this->m = (uint64_t)curthread | 3;
	printf("%d %d %s\n", mutex_owned(this->m), mutex_owner(this->m) == curthread, mutex_owner(this->m)->comm);
	printf("%d %d\n", mutex_type_adaptive(this->m), mutex_type_spin(this->m));
}

BEGIN
{
	this->rw = alloca(sizeof (struct qrwlock));
	printf("%d %d %d\n", rw_read_held(this->rw), rw_write_held(this->rw), rw_iswriter(this->rw));
	*(int *)this->rw = 0x200;
	printf("%d %d %d\n", rw_read_held(this->rw), rw_write_held(this->rw), rw_iswriter(this->rw));
	*(int *)this->rw = 0xff;
	printf("%d %d %d\n", rw_read_held(this->rw), rw_write_held(this->rw), rw_iswriter(this->rw));
	*(int *)this->rw = 0x300;
	printf("%d %d %d\n", rw_read_held(this->rw), rw_write_held(this->rw), rw_iswriter(this->rw));
	*(int *)this->rw = 0x100;
	printf("%d %d %d\n", rw_read_held(this->rw), rw_write_held(this->rw), rw_iswriter(this->rw));
}

BEGIN { trace(mutex_owned((struct mutex *)0x10)); }
BEGIN { trace(mutex_type_spin((struct mutex *)0x20)); }
BEGIN { trace(rw_iswriter((struct qrwlock *)0x30)); }
BEGIN { exit(0); }
ERROR { printf("fault %d at %x\n", arg4, arg5); }
