/* No memory for a buffer: halved until there is; the command says so unless quietresize (in test mode it never does).
 * @engines: kernel
 * @args: -q -x bufsize=1t -x quietresize
 */
BEGIN { trace(1); exit(0); }
