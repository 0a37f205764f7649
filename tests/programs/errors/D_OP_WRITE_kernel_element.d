/* Nor a part of it.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { *(&((struct task_struct *)curthread)->comm[0] + 1) = 'x'; }
