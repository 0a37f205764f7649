/* Inside of a function nothing can be probed yet.
 * @engines: process
 * @args: -xerrtags
 * @status: 1
 */
pid$target:libc.so.6:malloc:4 { trace(1); }
