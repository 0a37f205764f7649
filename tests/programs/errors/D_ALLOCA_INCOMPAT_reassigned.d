/* A variable for scratch pointers gets another.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { p = alloca(8); p = (void *)curthread; }
