"""Numbers of bpf(2), as in the kernel's uapi header linux/bpf.h. They are ABI: they never change, new ones are added.

Names drop the header's BPF_ prefix and keep the rest, so that a reader can grep either side.
"""

from __future__ import annotations

# commands
MAP_CREATE, MAP_LOOKUP_ELEM, MAP_UPDATE_ELEM, MAP_DELETE_ELEM, MAP_GET_NEXT_KEY, PROG_LOAD = range(6)
PROG_TEST_RUN, PROG_GET_NEXT_ID, MAP_GET_NEXT_ID, PROG_GET_FD_BY_ID, MAP_GET_FD_BY_ID, OBJ_GET_INFO_BY_FD = range(10, 16)
RAW_TRACEPOINT_OPEN, BTF_LOAD = 17, 18
MAP_LOOKUP_AND_DELETE_ELEM = 21
MAP_LOOKUP_BATCH, MAP_LOOKUP_AND_DELETE_BATCH, MAP_UPDATE_BATCH, MAP_DELETE_BATCH = range(24, 28)
LINK_CREATE, LINK_UPDATE, LINK_GET_FD_BY_ID, LINK_GET_NEXT_ID = range(28, 32)
LINK_DETACH = 34

# map types
MAP_TYPE_HASH, MAP_TYPE_ARRAY, MAP_TYPE_PROG_ARRAY, MAP_TYPE_PERF_EVENT_ARRAY, MAP_TYPE_PERCPU_HASH, MAP_TYPE_PERCPU_ARRAY = range(1, 7)
MAP_TYPE_STACK_TRACE = 7
MAP_TYPE_LRU_HASH, MAP_TYPE_LRU_PERCPU_HASH = 9, 10
MAP_TYPE_ARRAY_OF_MAPS, MAP_TYPE_HASH_OF_MAPS = 12, 13
MAP_TYPE_RINGBUF = 27
MAP_TYPE_TASK_STORAGE = 29
PERCPU_MAP_TYPES = (MAP_TYPE_PERCPU_HASH, MAP_TYPE_PERCPU_ARRAY, MAP_TYPE_LRU_PERCPU_HASH)

# program types
PROG_TYPE_SOCKET_FILTER, PROG_TYPE_KPROBE = 1, 2
PROG_TYPE_TRACEPOINT = 5
PROG_TYPE_PERF_EVENT = 7
PROG_TYPE_RAW_TRACEPOINT = 17
PROG_TYPE_TRACING = 26

# attach types
TRACE_RAW_TP, TRACE_FENTRY, TRACE_FEXIT, MODIFY_RETURN = 23, 24, 25, 26
PERF_EVENT, TRACE_KPROBE_MULTI = 41, 42
TRACE_UPROBE_MULTI = 48
TRACE_KPROBE_SESSION, TRACE_UPROBE_SESSION = 56, 57

# link types
LINK_TYPE_PERF_EVENT, LINK_TYPE_KPROBE_MULTI = 7, 8

# flags: map_create, map_update, multi links, test run, helpers
F_NO_PREALLOC = 1
F_RDONLY_PROG = 1 << 7
F_WRONLY_PROG = 1 << 8
F_MMAPABLE = 1 << 10
ANY, NOEXIST, EXIST = 0, 1, 2
F_KPROBE_MULTI_RETURN = 1
F_UPROBE_MULTI_RETURN = 1
F_TEST_RUN_ON_CPU = 1
RB_NO_WAKEUP, RB_FORCE_WAKEUP = 1, 2
F_USER_STACK = 1 << 8
F_FAST_STACK_CMP = 1 << 9
F_REUSE_STACKID = 1 << 10

# ring buffer record header: length with two flag bits, then the page offset
RINGBUF_BUSY_BIT = 1 << 31
RINGBUF_DISCARD_BIT = 1 << 30
RINGBUF_HDR_SZ = 8

# instruction source registers that turn a 64-bit immediate into a map
PSEUDO_MAP_FD, PSEUDO_MAP_VALUE = 1, 2

OBJ_NAME_LEN = 16

# helper functions, by number
FUNC_map_lookup_elem = 1
FUNC_map_update_elem = 2
FUNC_map_delete_elem = 3
FUNC_probe_read = 4
FUNC_ktime_get_ns = 5
FUNC_trace_printk = 6
FUNC_get_prandom_u32 = 7
FUNC_get_smp_processor_id = 8
FUNC_tail_call = 12
FUNC_get_current_pid_tgid = 14
FUNC_get_current_uid_gid = 15
FUNC_get_current_comm = 16
FUNC_perf_event_read = 22
FUNC_perf_event_output = 25
FUNC_get_stackid = 27
FUNC_get_current_task = 35
FUNC_probe_write_user = 36
FUNC_get_numa_node_id = 42
FUNC_probe_read_str = 45
FUNC_perf_prog_read_value = 56
FUNC_override_return = 58
FUNC_get_stack = 67
FUNC_get_current_cgroup_id = 80
FUNC_send_signal = 109
FUNC_probe_read_user = 112
FUNC_probe_read_kernel = 113
FUNC_probe_read_user_str = 114
FUNC_probe_read_kernel_str = 115
FUNC_send_signal_thread = 117
FUNC_jiffies64 = 118
FUNC_get_ns_current_pid_tgid = 120
FUNC_get_current_ancestor_cgroup_id = 123
FUNC_ktime_get_boot_ns = 125
FUNC_ringbuf_output = 130
FUNC_ringbuf_reserve = 131
FUNC_ringbuf_submit = 132
FUNC_ringbuf_discard = 133
FUNC_ringbuf_query = 134
FUNC_get_task_stack = 141
FUNC_d_path = 147
FUNC_per_cpu_ptr = 153
FUNC_this_cpu_ptr = 154
FUNC_task_storage_get = 156
FUNC_task_storage_delete = 157
FUNC_get_current_task_btf = 158
FUNC_ktime_get_coarse_ns = 160
FUNC_for_each_map_elem = 164
FUNC_snprintf = 165
FUNC_get_func_ip = 173
FUNC_get_attach_cookie = 174
FUNC_task_pt_regs = 175
FUNC_find_vma = 180
FUNC_loop = 181
FUNC_strncmp = 182
FUNC_get_func_arg = 183
FUNC_get_func_ret = 184
FUNC_get_func_arg_cnt = 185
FUNC_map_lookup_percpu_elem = 195
FUNC_ktime_get_tai_ns = 208
