package main
import ("context";"io")
func forward(a []string) error {return nil}
func up(ctx context.Context, p paths, cfg Config, log *progress) error {return buildAll(ctx,p,cfg,log)}
func down(ctx context.Context, p paths, log *progress) error {return nil}
func status(ctx context.Context, p paths,w io.Writer) error {return nil}
func env( p paths,w io.Writer) error {return nil}
