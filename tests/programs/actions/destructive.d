/* Without -w.
 * @status: 1
 */
BEGIN { trace(1); }
BEGIN { system("echo no"); exit(0); }
