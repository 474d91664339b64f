package sqlite

import (
	"encoding/binary"
	"sync"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	lib "modernc.org/sqlite/lib"
)

const (
	pageSize = 4096
	// cachePages is how many pages all connections of the process cache together,
	// about 17 MiB of them. Whoever needs one more takes the page that nobody used
	// for the longest time.
	cachePages = 4000

	sizeOfInt = 4
)

// shareCache gives SQLite the memory for its page caches in one piece, once for the
// process and before anything is opened. Left to itself it allocates page by page,
// and a page with its header, just over 4 KiB, takes 8 KiB of the allocator. When
// something was opened already SQLite refuses, and goes on as it is.
var shareCache = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	header := libc.Xmalloc(tls, sizeOfInt)
	if header == 0 {
		return
	}
	defer libc.Xfree(tls, header)
	if !configure(tls, lib.SQLITE_CONFIG_PCACHE_HDRSZ, header) {
		return
	}
	slot := pageSize + int(binary.NativeEndian.Uint32(libc.GoBytes(header, sizeOfInt)))
	memory := libc.Xmalloc(tls, types.Size_t(slot*cachePages))
	if memory != 0 && !configure(tls, lib.SQLITE_CONFIG_PAGECACHE, memory, int32(slot), int32(cachePages)) {
		libc.Xfree(tls, memory)
	}
})

// configure sets an option of the library and reports whether it took it.
func configure(tls *libc.TLS, option int32, values ...any) bool {
	list := libc.NewVaList(values...)
	if list == 0 {
		return false
	}
	defer libc.Xfree(tls, list)
	return lib.Xsqlite3_config(tls, option, list) == lib.SQLITE_OK
}
