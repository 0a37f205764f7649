/* Not with bufresize=manual.
 * @engines: kernel
 * @args: -x bufsize=1t -x bufresize=manual
 * @status: 1
 */
BEGIN { trace(1); exit(0); }
