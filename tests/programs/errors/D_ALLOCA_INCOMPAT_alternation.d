/* One kind of pointer or the other.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { this->p = pid == 1 ? alloca(8) : (void *)curthread; }
