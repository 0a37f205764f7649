/* The function - is for single addresses.
 * @engines: process
 * @args: -xerrtags
 * @status: 1
 */
pid$target:a.out:-:4* { trace(1); }
