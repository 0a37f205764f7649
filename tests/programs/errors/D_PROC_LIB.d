/* The function - is for the program itself.
 * @engines: process
 * @args: -xerrtags
 * @status: 1
 */
pid$target:libc.so.6:-:40 { trace(1); }
