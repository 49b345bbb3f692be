/** The options of TensorFlow Lite's own operators: for each table of schema.fbs its fields. */

/** Enumerations of the schema's options: names in the order of their numbers. All are stored in a byte. */
export const enumerations = Object.freeze({
	activation: Object.freeze(["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"]),
	padding: Object.freeze(["SAME", "VALID"]),
	weightsFormat: Object.freeze(["DEFAULT", "SHUFFLED4x16INT8"]),
	lstmKernel: Object.freeze(["FULL", "BASIC"]),
	combiner: Object.freeze(["SUM", "MEAN", "SQRTN"]),
	mirrorPadMode: Object.freeze(["REFLECT", "SYMMETRIC"]),
	lshProjection: Object.freeze(["UNKNOWN", "SPARSE", "DENSE"]),
} as const);

export type FieldType =
	| keyof typeof enumerations
	| "bool"
	| "int32"
	| "int64"
	| "float32"
	| "int32s"
	| "float32s"
	| "tensorType"
	| "text";

export type OptionValue = string | number | bigint | boolean | readonly number[];

/** Position in the table, type, and what an absent field stands for where that is not 0 (the first name, false, none). */
export type Field = readonly [slot: number, type: FieldType, absent?: OptionValue];

export interface OptionsTable {
	/** Of the union BuiltinOptions. */
	readonly code: number;
	readonly fields: Readonly<Record<string, Field>>;
}

export const optionTables: Readonly<Record<string, OptionsTable>> = Object.freeze({
	Conv2DOptions: {
		code: 1,
		fields: {
			padding: [0, "padding"],
			strideWidth: [1, "int32"],
			strideHeight: [2, "int32"],
			activation: [3, "activation"],
			dilationWidth: [4, "int32", 1],
			dilationHeight: [5, "int32", 1],
			quantizedBiasType: [6, "tensorType"],
		},
	},
	DepthwiseConv2DOptions: {
		code: 2,
		fields: {
			padding: [0, "padding"],
			strideWidth: [1, "int32"],
			strideHeight: [2, "int32"],
			depthMultiplier: [3, "int32"],
			activation: [4, "activation"],
			dilationWidth: [5, "int32", 1],
			dilationHeight: [6, "int32", 1],
		},
	},
	ConcatEmbeddingsOptions: {
		code: 3,
		fields: { numChannels: [0, "int32"], numColumnsPerChannel: [1, "int32s"], embeddingDimPerChannel: [2, "int32s"] },
	},
	LSHProjectionOptions: { code: 4, fields: { type: [0, "lshProjection"] } },
	Pool2DOptions: {
		code: 5,
		fields: {
			padding: [0, "padding"],
			strideWidth: [1, "int32"],
			strideHeight: [2, "int32"],
			filterWidth: [3, "int32"],
			filterHeight: [4, "int32"],
			activation: [5, "activation"],
		},
	},
	SVDFOptions: {
		code: 6,
		fields: { rank: [0, "int32"], activation: [1, "activation"], asymmetricQuantizeInputs: [2, "bool"] },
	},
	RNNOptions: { code: 7, fields: { activation: [0, "activation"], asymmetricQuantizeInputs: [1, "bool"] } },
	FullyConnectedOptions: {
		code: 8,
		fields: {
			activation: [0, "activation"],
			weightsFormat: [1, "weightsFormat"],
			keepNumDims: [2, "bool"],
			asymmetricQuantizeInputs: [3, "bool"],
			quantizedBiasType: [4, "tensorType"],
		},
	},
	SoftmaxOptions: { code: 9, fields: { beta: [0, "float32"] } },
	ConcatenationOptions: { code: 10, fields: { axis: [0, "int32"], activation: [1, "activation"] } },
	AddOptions: { code: 11, fields: { activation: [0, "activation"], potScaleInt16: [1, "bool", true] } },
	L2NormOptions: { code: 12, fields: { activation: [0, "activation"] } },
	LocalResponseNormalizationOptions: {
		code: 13,
		fields: { radius: [0, "int32"], bias: [1, "float32"], alpha: [2, "float32"], beta: [3, "float32"] },
	},
	LSTMOptions: {
		code: 14,
		fields: {
			activation: [0, "activation"],
			cellClip: [1, "float32"],
			projClip: [2, "float32"],
			kernelType: [3, "lstmKernel"],
			asymmetricQuantizeInputs: [4, "bool"],
		},
	},
	ResizeBilinearOptions: { code: 15, fields: { alignCorners: [2, "bool"], halfPixelCenters: [3, "bool"] } },
	CallOptions: { code: 16, fields: { subgraph: [0, "int32"] } },
	ReshapeOptions: { code: 17, fields: { newShape: [0, "int32s"] } },
	SkipGramOptions: {
		code: 18,
		fields: { ngramSize: [0, "int32"], maxSkipSize: [1, "int32"], includeAllNgrams: [2, "bool"] },
	},
	SpaceToDepthOptions: { code: 19, fields: { blockSize: [0, "int32"] } },
	EmbeddingLookupSparseOptions: { code: 20, fields: { combiner: [0, "combiner"] } },
	MulOptions: { code: 21, fields: { activation: [0, "activation"] } },
	PadOptions: { code: 22, fields: {} },
	GatherOptions: { code: 23, fields: { axis: [0, "int32"], batchDims: [1, "int32"] } },
	BatchToSpaceNDOptions: { code: 24, fields: {} },
	SpaceToBatchNDOptions: { code: 25, fields: {} },
	TransposeOptions: { code: 26, fields: {} },
	ReducerOptions: { code: 27, fields: { keepDims: [0, "bool"] } },
	SubOptions: { code: 28, fields: { activation: [0, "activation"], potScaleInt16: [1, "bool", true] } },
	DivOptions: { code: 29, fields: { activation: [0, "activation"] } },
	SqueezeOptions: { code: 30, fields: { squeezeDims: [0, "int32s"] } },
	SequenceRNNOptions: {
		code: 31,
		fields: { timeMajor: [0, "bool"], activation: [1, "activation"], asymmetricQuantizeInputs: [2, "bool"] },
	},
	StridedSliceOptions: {
		code: 32,
		fields: {
			beginMask: [0, "int32"],
			endMask: [1, "int32"],
			ellipsisMask: [2, "int32"],
			newAxisMask: [3, "int32"],
			shrinkAxisMask: [4, "int32"],
			offset: [5, "bool"],
		},
	},
	ExpOptions: { code: 33, fields: {} },
	TopKV2Options: { code: 34, fields: {} },
	SplitOptions: { code: 35, fields: { numSplits: [0, "int32"] } },
	LogSoftmaxOptions: { code: 36, fields: {} },
	CastOptions: { code: 37, fields: { inDataType: [0, "tensorType"], outDataType: [1, "tensorType"] } },
	DequantizeOptions: { code: 38, fields: {} },
	MaximumMinimumOptions: { code: 39, fields: {} },
	ArgMaxOptions: { code: 40, fields: { outputType: [0, "tensorType"] } },
	LessOptions: { code: 41, fields: {} },
	NegOptions: { code: 42, fields: {} },
	PadV2Options: { code: 43, fields: {} },
	GreaterOptions: { code: 44, fields: {} },
	GreaterEqualOptions: { code: 45, fields: {} },
	LessEqualOptions: { code: 46, fields: {} },
	SelectOptions: { code: 47, fields: {} },
	SliceOptions: { code: 48, fields: {} },
	TransposeConvOptions: {
		code: 49,
		fields: {
			padding: [0, "padding"],
			strideWidth: [1, "int32"],
			strideHeight: [2, "int32"],
			activation: [3, "activation"],
			quantizedBiasType: [4, "tensorType"],
		},
	},
	SparseToDenseOptions: { code: 50, fields: { validateIndices: [0, "bool"] } },
	TileOptions: { code: 51, fields: {} },
	ExpandDimsOptions: { code: 52, fields: {} },
	EqualOptions: { code: 53, fields: {} },
	NotEqualOptions: { code: 54, fields: {} },
	ShapeOptions: { code: 55, fields: { outType: [0, "tensorType"] } },
	PowOptions: { code: 56, fields: {} },
	ArgMinOptions: { code: 57, fields: { outputType: [0, "tensorType"] } },
	FakeQuantOptions: {
		code: 58,
		fields: { min: [0, "float32"], max: [1, "float32"], numBits: [2, "int32"], narrowRange: [3, "bool"] },
	},
	PackOptions: { code: 59, fields: { valuesCount: [0, "int32"], axis: [1, "int32"] } },
	LogicalOrOptions: { code: 60, fields: {} },
	OneHotOptions: { code: 61, fields: { axis: [0, "int32"] } },
	LogicalAndOptions: { code: 62, fields: {} },
	LogicalNotOptions: { code: 63, fields: {} },
	UnpackOptions: { code: 64, fields: { num: [0, "int32"], axis: [1, "int32"] } },
	FloorDivOptions: { code: 65, fields: {} },
	SquareOptions: { code: 66, fields: {} },
	ZerosLikeOptions: { code: 67, fields: {} },
	FillOptions: { code: 68, fields: {} },
	BidirectionalSequenceLSTMOptions: {
		code: 69,
		fields: {
			activation: [0, "activation"],
			cellClip: [1, "float32"],
			projClip: [2, "float32"],
			mergeOutputs: [3, "bool"],
			timeMajor: [4, "bool", true],
			asymmetricQuantizeInputs: [5, "bool"],
		},
	},
	BidirectionalSequenceRNNOptions: {
		code: 70,
		fields: {
			timeMajor: [0, "bool"],
			activation: [1, "activation"],
			mergeOutputs: [2, "bool"],
			asymmetricQuantizeInputs: [3, "bool"],
		},
	},
	UnidirectionalSequenceLSTMOptions: {
		code: 71,
		fields: {
			activation: [0, "activation"],
			cellClip: [1, "float32"],
			projClip: [2, "float32"],
			timeMajor: [3, "bool"],
			asymmetricQuantizeInputs: [4, "bool"],
			diagonalRecurrentTensors: [5, "bool"],
		},
	},
	FloorModOptions: { code: 72, fields: {} },
	RangeOptions: { code: 73, fields: {} },
	ResizeNearestNeighborOptions: { code: 74, fields: { alignCorners: [0, "bool"], halfPixelCenters: [1, "bool"] } },
	LeakyReluOptions: { code: 75, fields: { alpha: [0, "float32"] } },
	SquaredDifferenceOptions: { code: 76, fields: {} },
	MirrorPadOptions: { code: 77, fields: { mode: [0, "mirrorPadMode"] } },
	AbsOptions: { code: 78, fields: {} },
	SplitVOptions: { code: 79, fields: { numSplits: [0, "int32"] } },
	UniqueOptions: { code: 80, fields: { idxOutType: [0, "tensorType", "INT32"] } },
	ReverseV2Options: { code: 81, fields: {} },
	AddNOptions: { code: 82, fields: {} },
	GatherNdOptions: { code: 83, fields: {} },
	CosOptions: { code: 84, fields: {} },
	WhereOptions: { code: 85, fields: {} },
	RankOptions: { code: 86, fields: {} },
	ReverseSequenceOptions: { code: 87, fields: { seqDim: [0, "int32"], batchDim: [1, "int32"] } },
	MatrixDiagOptions: { code: 88, fields: {} },
	QuantizeOptions: { code: 89, fields: {} },
	MatrixSetDiagOptions: { code: 90, fields: {} },
	HardSwishOptions: { code: 91, fields: {} },
	IfOptions: { code: 92, fields: { thenSubgraphIndex: [0, "int32"], elseSubgraphIndex: [1, "int32"] } },
	WhileOptions: { code: 93, fields: { condSubgraphIndex: [0, "int32"], bodySubgraphIndex: [1, "int32"] } },
	DepthToSpaceOptions: { code: 94, fields: { blockSize: [0, "int32"] } },
	NonMaxSuppressionV4Options: { code: 95, fields: {} },
	NonMaxSuppressionV5Options: { code: 96, fields: {} },
	ScatterNdOptions: { code: 97, fields: {} },
	SelectV2Options: { code: 98, fields: {} },
	DensifyOptions: { code: 99, fields: {} },
	SegmentSumOptions: { code: 100, fields: {} },
	BatchMatMulOptions: {
		code: 101,
		fields: { adjX: [0, "bool"], adjY: [1, "bool"], asymmetricQuantizeInputs: [2, "bool"] },
	},
	CumsumOptions: { code: 102, fields: { exclusive: [0, "bool"], reverse: [1, "bool"] } },
	CallOnceOptions: { code: 103, fields: { initSubgraphIndex: [0, "int32"] } },
	BroadcastToOptions: { code: 104, fields: {} },
	Rfft2dOptions: { code: 105, fields: {} },
	Conv3DOptions: {
		code: 106,
		fields: {
			padding: [0, "padding"],
			strideDepth: [1, "int32"],
			strideWidth: [2, "int32"],
			strideHeight: [3, "int32"],
			activation: [4, "activation"],
			dilationDepth: [5, "int32", 1],
			dilationWidth: [6, "int32", 1],
			dilationHeight: [7, "int32", 1],
		},
	},
	HashtableOptions: {
		code: 107,
		fields: { tableId: [0, "int32"], keyDtype: [1, "tensorType"], valueDtype: [2, "tensorType"] },
	},
	HashtableFindOptions: { code: 108, fields: {} },
	HashtableImportOptions: { code: 109, fields: {} },
	HashtableSizeOptions: { code: 110, fields: {} },
	VarHandleOptions: { code: 111, fields: { container: [0, "text"], sharedName: [1, "text"] } },
	ReadVariableOptions: { code: 112, fields: {} },
	AssignVariableOptions: { code: 113, fields: {} },
	RandomOptions: { code: 114, fields: { seed: [0, "int64"], seed2: [1, "int64"] } },
	BucketizeOptions: { code: 115, fields: { boundaries: [0, "float32s"] } },
	GeluOptions: { code: 116, fields: { approximate: [0, "bool"] } },
	DynamicUpdateSliceOptions: { code: 117, fields: {} },
	UnsortedSegmentProdOptions: { code: 118, fields: {} },
	UnsortedSegmentMaxOptions: { code: 119, fields: {} },
	UnsortedSegmentMinOptions: { code: 120, fields: {} },
	UnsortedSegmentSumOptions: { code: 121, fields: {} },
	ATan2Options: { code: 122, fields: {} },
	SignOptions: { code: 123, fields: {} },
	BitcastOptions: { code: 124, fields: {} },
	BitwiseXorOptions: { code: 125, fields: {} },
	RightShiftOptions: { code: 126, fields: {} },
});
