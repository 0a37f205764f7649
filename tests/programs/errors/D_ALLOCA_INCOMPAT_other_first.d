/* A variable for other pointers gets one into scratch memory.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { this->p = &curthread->pid; }
BEGIN { this->p = (int *)copyin(arg0, 4); }
