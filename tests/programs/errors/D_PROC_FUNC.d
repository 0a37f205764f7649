/* No such function in a module that is there.
 * @engines: process
 * @args: -xerrtags
 * @status: 1
 */
pid$target:libc.so.6:nosuch_function:entry { trace(1); }
