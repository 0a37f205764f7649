/* Memory of the process: 40 bytes in three rows.
 * @args: -q
 * @target: echo abcdefghijklmnopqrstuvwxyz0123456789abc
 */
syscall::write:entry
/pid == $target/
{
	tracemem(copyin(arg1, 40), 40);
	tracemem(copyin(arg1, 40), 40, arg2 - 20);
}
