/* As -S, and stability as -v.
 * @engines: process
 * @args: -q -x verbose -x stability
 */
BEGIN { exit(0); }
