/* The elements of an array are of one kind, too.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { p[1] = (long)curthread ? (char *)alloca(8) + 1 : NULL; p[2] = NULL; p[3] = (void *)&curthread->pid; }
