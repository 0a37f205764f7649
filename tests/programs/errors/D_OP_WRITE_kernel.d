/* Kernel memory is not written.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { curthread->pid = 1; }
