/*
 * mutex_*() and rw_*() of locks that are no mutex and no rwlock_t (those are in backend/bpf/locks.py): SUBROUTINE_STRUCT. A spinlock does not
 * know who holds it: it is owned when anybody does. A reader-writer semaphore has a writer in bit 0 of its count and its readers from bit 8
 * on; bit 1 says that somebody waits, which with readers in it is a writer.
 */

inline int __mutex_owned_raw_spinlock[struct raw_spinlock *S] = (S->raw_lock.val.counter & 0xff) != 0;
inline int __mutex_owned_spinlock[struct spinlock *S] = (S->rlock.raw_lock.val.counter & 0xff) != 0;
inline struct task_struct *__mutex_owner_raw_spinlock[struct raw_spinlock *S] = NULL;
inline struct task_struct *__mutex_owner_spinlock[struct spinlock *S] = NULL;
inline int __mutex_type_adaptive_raw_spinlock[struct raw_spinlock *S] = 0;
inline int __mutex_type_adaptive_spinlock[struct spinlock *S] = 0;
inline int __mutex_type_spin_raw_spinlock[struct raw_spinlock *S] = 1;
inline int __mutex_type_spin_spinlock[struct spinlock *S] = 1;

inline int __rw_read_held_rw_semaphore[struct rw_semaphore *S] = __readers[S->count.counter];
inline int __readers[long count] = (count & 1) == 0 && count >> 8 != 0;
inline int __rw_write_held_rw_semaphore[struct rw_semaphore *S] = S->count.counter & 1;
inline int __rw_iswriter_rw_semaphore[struct rw_semaphore *S] = (S->count.counter & 3) != 0;
