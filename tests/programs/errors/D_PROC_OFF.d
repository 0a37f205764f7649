/* An offset behind the end of the function.
 * @engines: process
 * @args: -xerrtags
 * @status: 1
 */
pid$target:libc.so.6:malloc:ffffff { trace(1); }
