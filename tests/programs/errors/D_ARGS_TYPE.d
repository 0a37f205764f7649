/* The arguments of a function of a process have no types.
 * @engines: process
 * @args: -xerrtags
 * @status: 1
 */
pid$target:libc.so.6:malloc:entry { trace(args[0]); }
