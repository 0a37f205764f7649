/* The address is a pointer or a number.
 * @args: -x errtags
 * @status: 1
 */
struct s { int a; long b; };
struct s v;
BEGIN { tracemem(v, 8); }
