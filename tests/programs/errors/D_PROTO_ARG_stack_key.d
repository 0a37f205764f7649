/* A stack is no integer, not even as a key.
 * @status: 1
 * @args: -x errtags */
BEGIN { a[1] = 1; a[stack()] = 2; exit(0); }
