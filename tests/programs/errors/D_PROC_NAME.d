/* Neither entry nor return nor an offset.
 * @engines: process
 * @args: -xerrtags
 * @status: 1
 */
pid$target:libc.so.6:malloc:entrance { trace(1); }
