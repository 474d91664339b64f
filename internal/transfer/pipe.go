package transfer

import "context"

// pipe runs produce beside the caller and consume in the caller's goroutine with
// each value that produce sends. It returns the first error of either. When
// consume fails or ctx ends it does not wait for produce, whose next send fails.
func pipe[T any](ctx context.Context, produce func(send func(T) error) error, consume func(T) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	values, failed := make(chan T, 1), make(chan error, 1)
	go func() {
		failed <- produce(func(v T) error {
			select {
			case values <- v:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
		close(values)
	}()
	for {
		select {
		case v, more := <-values:
			if !more {
				return <-failed
			}
			if err := consume(v); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// pipeStaged is pipe for a producer that has the staging database for itself: it
// returns once produce has, when that is the caller's again.
func pipeStaged[T any](ctx context.Context, produce func(send func(T) error) error, consume func(T) error) error {
	stopped := make(chan struct{})
	err := pipe(ctx, func(send func(T) error) error {
		defer close(stopped)
		return produce(send)
	}, consume)
	<-stopped
	return err
}
