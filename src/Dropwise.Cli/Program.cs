using Dropwise.Cli.Hosting;

return CommandLineApplication.Run(args, Terminal.OfProcess());
